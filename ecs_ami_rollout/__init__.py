"""The package that a wheel installs: in a checkout the program's entrance, in a wheel all packages below this one."""

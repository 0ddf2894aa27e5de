"""What CloudFormation deploys: the graph, the functions, the table, the permissions. CDK only."""

"""The API's operations, one mixin per resource; `Ecs` is all of them together."""

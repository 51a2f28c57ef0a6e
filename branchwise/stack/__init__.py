"""Running everything on one machine: servers, services and gateway as children of one launcher."""

"""Run the whole stack on one machine: servers, services and gateway as child processes of one launcher."""

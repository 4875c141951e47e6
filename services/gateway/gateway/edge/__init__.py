"""What passes commands and questions on to the services, and checks who may."""

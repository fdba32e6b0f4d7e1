"""Who tells the truth about a rollout: the circuit breaker of ECS, ecs-deploy, or Pilothouse?"""

"""Which calls does the scheduler answer, each with what?"""

from collections.abc import Callable, Mapping

from rehearsal.ecs.answers import (
    about_attributes,
    about_definitions,
    about_deployments,
    about_hooks,
    about_instances,
    about_protection,
    about_services,
    about_tasks,
)
from rehearsal.ecs.region import Region
from rehearsal.ecs.world import Document

Action = Callable[[Region, Document], Document]

ACTIONS: Mapping[str, Action] = {
    action.__name__: action
    for action in (
        about_attributes.delete_attributes,
        about_attributes.list_attributes,
        about_attributes.put_attributes,
        about_definitions.register_task_definition,
        about_definitions.describe_task_definition,
        about_definitions.deregister_task_definition,
        about_definitions.delete_task_definitions,
        about_definitions.list_task_definitions,
        about_definitions.list_task_definition_families,
        about_deployments.list_service_deployments,
        about_deployments.describe_service_deployments,
        about_deployments.describe_service_revisions,
        about_deployments.stop_service_deployment,
        about_hooks.continue_service_deployment,
        about_instances.deregister_container_instance,
        about_instances.describe_container_instances,
        about_instances.list_container_instances,
        about_instances.start_task,
        about_instances.update_container_instances_state,
        about_protection.get_task_protection,
        about_protection.update_task_protection,
        about_services.create_service,
        about_services.update_service,
        about_services.describe_services,
        about_services.list_services,
        about_services.delete_service,
        about_tasks.run_task,
        about_tasks.stop_task,
        about_tasks.describe_tasks,
        about_tasks.list_tasks,
    )
}

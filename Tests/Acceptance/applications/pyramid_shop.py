"""A Pyramid application as its own scaffolding lays it out: one factory, told by an ini file."""

import logging

from pyramid.config import Configurator
from pyramid.response import Response

log = logging.getLogger("shop")


def greeting(request):
    log.info("greeting %s", request.matchdict["name"])
    settings = request.registry.settings
    return Response(f"{settings['greeting']}, {request.matchdict['name']}{settings['mark']}")


def main(global_config, **settings):
    settings.setdefault("mark", global_config.get("mark", "."))
    with Configurator(settings=settings) as config:
        config.add_route("greeting", "/hello/{name}")
        config.add_view(greeting, route_name="greeting")
        return config.make_wsgi_app()

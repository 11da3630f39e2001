"""A Pyramid application, made by a Paste file."""

import logging

from pyramid.config import Configurator
from pyramid.response import Response

log = logging.getLogger(__name__)


def page(request):
    log.info("page for %s", request.matchdict["name"])
    greeting = request.registry.settings["site.greeting"]
    return Response(f"{greeting}, {request.matchdict['name']}", content_type="text/plain")


def main(global_config, **settings):
    with Configurator(settings=settings) as config:
        config.add_route("page", "/pages/{name}")
        config.add_view(page, route_name="page")
        return config.make_wsgi_app()

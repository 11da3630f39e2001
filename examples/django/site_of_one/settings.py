"""The whole Django project: settings, one view and its address."""

import os

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "for trying out only")
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = __name__
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello from Django\n", content_type="text/plain")


def item(request: HttpRequest, number: int) -> HttpResponse:
    return JsonResponse({"number": number, "name": f"item {number}"})


urlpatterns = [path("", index), path("items/<int:number>", item)]

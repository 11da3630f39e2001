"""A Django site in one file, for the same purposes."""

import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

settings.configure(
    DEBUG=False,
    SECRET_KEY="acceptance",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)


def index(request):
    return HttpResponse("Hello from Django", content_type="text/plain")


def form(request):
    return JsonResponse({name: request.POST[name] for name in request.POST})


def upload(request):
    file = request.FILES["file"]
    return JsonResponse({"name": file.name, "size": file.size, "kind": file.content_type})


def count(request):
    request.session["count"] = request.session.get("count", 0) + 1
    return HttpResponse(str(request.session["count"]))


def stream(request):
    return StreamingHttpResponse(
        (f"{number}\n" for number in range(1000)), content_type="text/plain"
    )


def file(request):
    return FileResponse(open(sys.modules["echo"].__file__, "rb"))


def url(request):
    return HttpResponse(request.build_absolute_uri())


def fails(request):
    raise ValueError("raised in a view")


urlpatterns = [
    path("", index),
    path("form", form),
    path("upload", upload),
    path("count", count),
    path("stream", stream),
    path("file", file),
    path("url", url),
    path("fails", fails),
]

import echo  # noqa: E402, F401

app = get_wsgi_application()

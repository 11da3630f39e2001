from django.http import HttpResponse, JsonResponse
from django.urls import path

from shop.greeting import GREETING


def index(request):
    return HttpResponse(GREETING, content_type="text/plain")


def facts(request):
    return JsonResponse(
        {
            "url": request.build_absolute_uri(),
            "secure": request.is_secure(),
            "forwarded_for": request.headers.get("X-Forwarded-For"),
            "scheme": request.environ["wsgi.url_scheme"],
        }
    )


def upload(request):
    return JsonResponse({"size": request.FILES["file"].size})


urlpatterns = [path("", index), path("facts", facts), path("upload", upload)]

"""The images app."""

from django.apps import AppConfig


class ShopImagesConfig(AppConfig):
    """The image model that WAGTAILIMAGES_IMAGE_MODEL names."""

    name = "shop_images"

"""Staff with one of the roles, or with exactly the permissions that a test names."""

from django.contrib.auth.models import Group, Permission

from users.models import User


def make_staff(*codenames: str, role: str = "", email: str = "staff@example.com") -> User:
    """Create a user who may enter the admin: in the group `role`, or with these permissions."""
    user = User.objects.create_user(email, "a-long-password")
    if role:
        user.groups.add(Group.objects.get(name=role))
    for codename in ("access_admin", *codenames):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return user

"""What a platform may be called (definitions.md): `facebook` is accepted everywhere and means `meta`."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from services.data_service.domain.ads.platform_name import canonical_platform

Platform = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[a-z0-9_.-]+$"),
    AfterValidator(canonical_platform),
]

"""The check of an ad account and its token, with what to do about each finding."""

from services.data_service.domain.meta_ads.account import Account, read_account, reading_account
from services.data_service.domain.meta_ads.due_days import WINDOW
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess
from services.data_service.sources.meta_ads.account_reader import AccountReader
from services.data_service.sources.vendor import QuotaSpent, VendorAway, VendorError

# "Ad Account", field account_status: developers.facebook.com/docs/marketing-api/reference/ad-account
_ACTIVE = (1, 201)
_STATUS = {
    2: "disabled",
    3: "unsettled: a bill is not paid",
    7: "under review for risk",
    8: "waiting for a settlement",
    9: "in a period of grace after a payment failed",
    100: "about to be closed",
    101: "closed",
}
_ENOUGH = ("ads_read", "ads_management")


async def check(access: SourceAccess) -> list[Finding]:
    """Request the account and the token's permissions; the vendor's errors become findings."""
    try:
        async with reading_account(access) as reader:
            account = await read_account(reader)
            return [*_of_account(account, access), *await _of_permissions(reader)]
    except VendorError as error:
        return [Finding(ok=False, text=_told(error))]


def _of_account(account: Account, access: SourceAccess) -> list[Finding]:
    place = f"It counts in {account.currency} and by the days of {account.zone.key}."
    findings = [Finding(ok=True, text=f"Ad account {account.account_id} “{account.name}” answers. {place}")]
    if account.status not in _ACTIVE:
        status = _STATUS.get(account.status, f"in status {account.status}")
        text = f"Meta says that the account is {status}. Its past figures can be read; see to it in Meta's Ads Manager."
        findings.append(Finding(ok=False, text=text))
    if account.zone != access.tenant.zone:
        text = f"Its days are not those of {access.tenant.zone.key}: figures lie on the day of the account."
        findings.append(Finding(ok=True, text=text))
    if account.currency != access.tenant.currency:
        text = f"Its money is {account.currency}, not {access.tenant.currency}: figures keep the account's currency."
        findings.append(Finding(ok=True, text=text))
    claim = (
        "Conversions and revenue are the purchases that Meta claims, under the account's own attribution setting;"
        f" it says them anew for {WINDOW} days, which are read again every night."
    )
    return [*findings, Finding(ok=True, text=claim)]


async def _of_permissions(reader: AccountReader) -> list[Finding]:
    granted = [name for name, status in (await reader.permissions()).items() if status == "granted"]
    if any(name in granted for name in _ENOUGH):
        return [Finding(ok=True, text="The access token has the permission to read ads.")]
    text = "The access token lacks the permission ads_read: make a new one with it, and enter it here."
    return [Finding(ok=False, text=text)]


def _told(error: VendorError) -> str:
    if isinstance(error, QuotaSpent):
        return f"{error.reason}. Try again after {error.until:%H:%M} UTC."
    if isinstance(error, VendorAway):
        return f"{error.reason}. Try again later; it may be Meta's own trouble."
    return error.reason

import httpx

from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid_provider.running import REDIRECT_URI


async def test_who_signs_in_at_the_provider_is_signed_in_here(browser: Browser, auth: httpx.AsyncClient):
    begun = await browser.begin()
    back = await browser.sign_in_there(begun["login_url"], "ana", REDIRECT_URI)
    assert back["state"] == begun["state"]
    answer = await browser.end(back["code"], back["state"])
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    assert (pair["user"]["email"], pair["user"]["name"], pair["tenants"]) == ("ana@example.com", "Ana Sá", [])
    me = await auth.get("/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert me.json()["id"] == pair["user"]["id"]

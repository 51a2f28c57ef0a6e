import random
import unicodedata

import pytest

from services.data_service.domain.csv_files.options import read_options
from services.data_service.domain.csv_files.survey import plan_of_head
from services.data_service.domain.files.rejection import Rejected
from services.data_service.sources.csv_records import csv_records
from services.data_service.sources.lines import numbered_lines
from services.data_service.sources.text_encoding import EncodingEvidence, as_utf8, known_encoding
from tests.data_service.files.planned import ADS, ADS_HEADER, around, column, plan
from tests.data_service.files.uploads import imported, lines, rejects, send, stored
from tests.data_service.harness import Company, Data

RUSSIAN = "Иванов Пётр|Смирнова Анна|Кузнецов Дмитрий|Екатеринбург|Щербакова Юлия|Цой Эдуард|Хабаровск"
UKRAINIAN = "Шевченко Тарас|Коваленко Олена|Їжакевич Іван|Київ|Галаґан Євген|передзвонити завтра|Львів|вулиця Хрещатик"
VIETNAMESE = "Nguyễn Văn Hòa|Trần Thị Bích Ngọc|Lê Quang Đức|Phạm Hồng Sơn|Hà Nội|Võ Thị Sáu|gọi lại ngày mai"
SURNAMES = "ФЁДОРОВ|МОРОЗОВ|ВОЛКОВ|АЛЕКСЕЕВ|ЛЕБЕДЕВ|СЕМЁНОВ|ЕГОРОВ|ПАВЛОВ|КОЗЛОВ|СТЕПАНОВ|НИКОЛАЕВ|ОРЛОВ"
THAI = "สมชาย ใจดี|สุดารัตน์ ศรีสุข|กรุงเทพมหานคร|เชียงใหม่|ลูกค้าใหม่|โทรกลับพรุ่งนี้|วิชัย พงษ์เจริญ|นิภา แสงทอง"
WESTERN = "José García|François Lefèvre|Jürgen Müller|Björn Åkesson|Søren Kjær|João Conceição|Núria Peña|Weiß, Straße"
LANGUAGES = [
    ("RU", "cp1251", RUSSIAN),
    ("UA", "cp1251", UKRAINIAN),
    ("VN", "cp1258", VIETNAMESE),
    ("TH", "cp874", THAI),
    ("DE", "cp1252", WESTERN),
    ("", "cp1252", WESTERN),
]


def as_windows(text: str, encoding: str) -> bytes:
    """A text as Windows writes it: code page 1258 has most Vietnamese tones as marks of their own."""
    if encoding != "cp1258":
        return text.encode(encoding)
    written = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tone))
        try:
            written += letter.encode(encoding)
        except UnicodeEncodeError:
            written += (base + tone).encode(encoding)
    return written


def judged(content: bytes, country: str) -> str:
    evidence = EncodingEvidence()
    evidence.add(content)
    return evidence.verdict(country)


@pytest.mark.parametrize(("country", "encoding", "words"), LANGUAGES)
def test_a_few_hundred_bytes_are_recognised(country: str, encoding: str, words: str):
    chance = random.Random(7)
    for _ in range(40):
        names = ",".join(chance.choice(words.split("|")) for _ in range(12))
        for text in (names, names.upper()):
            assert judged(b"lead_id,name\n" + as_windows(text, encoding), country) == encoding, text


@pytest.mark.parametrize(("country", "encoding", "words"), LANGUAGES)
def test_one_name_is_enough(country: str, encoding: str, words: str):
    for word in (*words.split("|"), *words.upper().split("|")):
        content = as_windows(word, encoding)
        if not content.isascii():
            assert judged(b"lead_id,name\nL1," + content + b"\n", country) == encoding, word


def test_where_a_country_has_a_page_of_another_alphabet_that_one_is_taken():
    names = {
        ("PL", "cp1250"): "Łukasz Żółć",
        ("GR", "cp1253"): "Παπαδόπουλος Γιώργος",
        ("TR", "cp1254"): "Şahin Yıldız",
        ("IL", "cp1255"): "דוד לוי",
        ("EG", "cp1256"): "محمد علي",
        ("LV", "cp1257"): "Jānis Bērziņš",
        ("JP", "cp932"): "山田太郎",
        ("CN", "gbk"): "王小明",
        ("KR", "cp949"): "김철수",
        ("TW", "cp950"): "陳大文",
    }
    for (country, encoding), name in names.items():
        content = name.encode(encoding)
        assert judged(b"lead_id,name\nL1," + content, country) == encoding, country
        assert b"".join(as_utf8([content[at : at + 1] for at in range(len(content))], encoding)).decode() == name
        assert judged(f"lead_id,name\nL1,{name}".encode(), country) == "utf-8", country
    # What is none of its text is another country's.
    assert judged("Юлия Цой, Хабаровская область".encode("cp1251"), "IL") == "cp1251"


def test_surnames_in_capitals_are_recognised_wherever_they_come_from():
    names = SURNAMES.split("|")
    for start in range(len(names) - 4):
        content = "\n".join(names[start : start + 5]).encode("cp1251")
        assert [judged(content, country) for country in ("RU", "US", "VN")] == ["cp1251"] * 3, names[start]


def test_the_letters_weigh_more_than_the_country():
    assert judged("Иванов Пётр, Смирнова Анна, Екатеринбург".encode("cp1251"), "VN") == "cp1251"
    assert judged("François Lefèvre, José García, Zoé Dupré".encode("cp1252"), "RU") == "cp1252"


def test_marks_and_utf_8_come_first():
    expected = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}
    text = "lead_id,name\nL1,Иван\n"
    assert {encoding: judged(text.encode(encoding), "RU") for encoding in expected} == expected
    assert judged(b"\xfe\xff" + text.encode("utf-16-be"), "RU") == "utf-16-be"
    assert judged("lead_id,name\nL1,Иван".encode(), "RU") == "utf-8"
    assert judged("Иванов Пётр\n".encode() * 5 + b"damaged \xff\n", "RU") == "utf-8"
    assert judged(b"plain", "RU") == "utf-8"


def test_what_no_language_explains_is_damage_and_no_encoding():
    assert judged(b"user_id\nu\xff\n", "") == "utf-8"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_file_is_the_same_text_wherever_its_blocks_end(size: int):
    for _, encoding, words in LANGUAGES:
        content = as_windows(words, encoding)
        blocks = [content[start : start + size] for start in range(0, len(content), size)]
        assert b"".join(as_utf8(blocks, encoding)).decode() == words


@pytest.mark.timeout(20)
def test_no_run_of_tones_is_held_whole_or_put_in_order():
    # (unbounded, these took hours)
    blocks = [b"a"] + [b"\xec\xf2" * 32_000] * 40 + [b"," + as_windows("Hòa", "cp1258")]
    parts = list(as_utf8(blocks, "cp1258"))
    assert max(map(len, parts)) < 200_000
    assert b"".join(parts).decode().endswith(",Hòa")
    marks = ("\u0301" * 30_000 + "\u0323" * 30_000).encode()
    for name, options in ((b"\xec" * 60_000 + b"\xf2" * 60_000, {"encoding": "windows-1258"}), (marks, {})):
        header = b"lead_id,created_at,a" + name + b"\n"
        assert plan_of_head(header, "leads", around(options=read_options("leads", options))).preset == "generic"
    long = "spend (" + marks.decode() + ")"
    found = plan(ADS, f"{ADS_HEADER},{long}", mapping={"spend": long})
    assert column(found, "spend") is not None


def test_a_chosen_wide_encoding_is_read_by_its_mark_or_the_low_byte_first():
    text = "lead_id,created_at\nL1,2026-03-01\n"
    files = {
        ("utf-16", text.encode("utf-16")): "utf-16-le",
        ("utf-16", text.encode("utf-16-le")): "utf-16-le",
        ("utf-16", b"\xfe\xff" + text.encode("utf-16-be")): "utf-16-be",
        ("utf-32", text.encode("utf-32")): "utf-32-le",
        ("utf-32", text.encode("utf-32-le")): "utf-32-le",
    }
    for (chosen, content), read in files.items():
        found = plan_of_head(content, "leads", around(options=read_options("leads", {"encoding": chosen})))
        assert (found.encoding, found.header) == (read, ["lead_id", "created_at"])
        records = csv_records(numbered_lines(as_utf8([content], found.encoding)))
        assert [record.fields for record in records] == [["lead_id", "created_at"], ["L1", "2026-03-01"]]
    for chosen in ("utf-16", "utf-32"):
        with pytest.raises(Rejected, match="lead_id is missing"):
            plan_of_head(text.encode(), "leads", around(options=read_options("leads", {"encoding": chosen})))


def test_damage_in_wide_characters_is_told_of_its_line_alone():
    damaged = {"utf-16-le": b"\x00\xd8", "utf-16-be": b"\xd8\x00", "utf-32": b"\0\0\x11\x11"}
    for encoding, damage in damaged.items():
        texts = [line.encode(encoding) for line in ("one\n", "two\n", "three \ufffd\n")]
        content = texts[0] + damage + b"".join(text.removeprefix("".encode(encoding)) for text in texts[1:])
        found = csv_records(numbered_lines(as_utf8([content[:9], content[9:]], encoding)))
        assert [record.problem for record in found] == ["", "the line is not UTF-8 text", ""], encoding


def test_encodings_are_known_by_their_usual_names_and_nothing_else_is():
    assert [
        known_encoding(name) for name in ("Windows-1251", "win1258", "WINDOWS-874", "latin1", "UTF8", "utf-8-sig")
    ] == [
        *("cp1251", "cp1258", "cp874", "iso8859-1", "utf-8", "utf-8"),
    ]
    for name in ("klingon", "idna", "unicode_escape", "base64", "rot13", "\0", "mbcs", "undefined"):
        assert known_encoding(name) is None, name


async def company_in(data: Data, country: str) -> Company:
    company = await data.company()
    await data.admin.execute("update auth.tenant set country = $2 where tenant_id = $1", company.tenant_id, country)
    return company


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("country", "encoding", "name"),
    [
        ("RU", "cp1251", "Щербакова Юлия"),
        ("VN", "cp1258", "Nguyễn Văn Hòa"),
        ("TH", "cp874", "สุดารัตน์"),
        ("FR", "cp1252", "Hélène Noël"),
        ("RU", "utf-16", "Щербакова Юлия"),
    ],
)
async def test_names_are_stored_as_they_are_written(data: Data, country: str, encoding: str, name: str):
    company = await company_in(data, country)
    content = b"lead_id,created_at,name\nL1,2026-03-01," + as_windows(name, encoding) + b"\n"
    if encoding == "utf-16":
        content = f"lead_id,created_at,name\nL1,2026-03-01,{name}\n".encode(encoding)
    assert (await imported(data, company, "leads", content))["counts"] == {"lead": 1, "duplicates": 0}
    assert [row["name"] for row in await stored(data, company, "lead", "lead_id")] == [name]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_whole_file_is_judged_not_its_beginning(data: Data):
    company = await company_in(data, "RU")
    rows = [f"L{number},2026-03-01,plain" for number in range(20_000)]
    content = lines("lead_id,created_at,name", *rows) + "L-last,2026-03-01,Щербакова Юлия\n".encode("cp1251")
    await imported(data, company, "leads", content)
    name = await data.admin.fetchval(
        "select name from data.lead where tenant_id = $1 and lead_id = 'L-last'", company.tenant_id
    )
    assert name == "Щербакова Юлия"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_chosen_encoding_is_taken_and_what_it_does_not_know_is_rejected(data: Data):
    company = await data.company()
    content = b"lead_id,created_at,name\nL1,2026-03-01," + "Łódź".encode("cp1250") + b"\nL2,2026-03-01,\x81\n"
    job = await imported(data, company, "leads", content, encoding="windows-1250")
    assert job["counts"] == {"lead": 1, "duplicates": 0, "rejected": 1}
    assert [row["name"] for row in await stored(data, company, "lead", "lead_id")] == ["Łódź"]
    assert [line for line, *_ in await rejects(data, company, job)] == ["3"]


@pytest.mark.asyncio(loop_scope="module")
async def test_an_unknown_encoding_is_refused(data: Data):
    company = await data.company()
    answer = await send(data, company, "leads", lines("lead_id,created_at"), encoding="klingon")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "encoding"

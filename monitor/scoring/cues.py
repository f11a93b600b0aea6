"""What in the wording speaks for or against a claim that needs checking. Plain counts that can be read in an alert.

Works on text without diacritics (`monitor.text.plain`), so slang and unaccented writing give the same cues.
"""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.text import clean, plain, plain_words

CUES: Final[dict[str, str]] = {
    "asks": """
        co dung khong, dung khong, phai khong, that khong, that a, thiet khong, co that, that vay, ha quan tri vien,
        the nao, nhu the nao, lam sao, o dau, khi nao, bao gio, bao nhieu, ai biet, cho hoi, xin hoi, hoi ti, co
        phai, la gi, vay a, khong a, khong vay, ai xac nhan, xac minh giup, co ai, nguon khong, nguon dau, co nguon
    """,
    "hearsay": """
        nghe noi, nghe bao, nghe dau, nghe don, don la, thay bao, thay noi, nguoi ta bao, nguoi ta noi, co tin, tren
        nhom, ban em, ban minh, nguoi quen, nguoi nha, hang xom, ai do, duoc biet, nguon tin, tin noi bo, tin mat
    """,
    "denies": """
        tin gia, tin sai, tin vit, fake, bia dat, bia ra, la bia, bia day, khong dung, khong phai, khong co chuyen,
        chua co chuyen, lam gi co, dung tin, dung nghe, khong he, sai su that, bac bo, dinh chinh, tin don, that
        thiet, dung chia se, khong chinh xac, van binh thuong, chua co gi, doc ky, dung hoang mang
    """,
    "source": """
        theo, thong bao so, ban tin, cong van, van ban so, trang chinh thuc, bao dang, co quan, thong cao, nghi
        dinh, quyet dinh, bac si, tram y te, can bo, chinh quyen
    """,
    "share": """
        chia se, share, lan truyen, bao cho, nhan cho, truyen tin, canh bao, cho moi nguoi biet, gui cho, phat tan,
        noi cho nhau
    """,
    "urgent": """
        gap, khan cap, khan, ngay lap tuc, ngay di, chay ngay, nhanh len, lien, keo khong kip, keo mat, keo het,
        truoc khi, cap bach, bay gio, dem nay, toi nay, sang mai, ngay mai, tu mai, hom nay
    """,
    "hidden": """
        giau, giau nhem, em nhem, che giau, bung bit, bit thong tin, khong dam dang, khong ai dua tin, im lang, bi
        mat, tin mat, khong cong bo, xoa bai, ep im, che day, khong ai noi, giau dan, noi that
    """,
    "danger": """
        vo dap, vo de, vo ho, vo, sap, chet, tu vong, mat tich, bat coc, bat coc tre em, nhiem doc, ngo doc, doc,
        dich, lay, phong toa, chay no, no, bao, lu, ngap, cuop, liet, bien chung, ung thu, phong xa, dong dat, song
        than, di tan, thiet mang, nguy hiem, tham sat
    """,
    "loss": """
        phat, phat tien, cat, bi cat, thu hoi, thu het, mat quyen, mat tien, mat trang, rut tien, rut het, het tien,
        pha san, tang gia, tang gap doi, gap doi, gap ba, nop tien, dong tien, thu phi, bi khoa, het han, het gia
        tri, vo hieu, bai bo, giai the, xoa so, dung cap
    """,
    "certain": """
        chac chan, that su, su that, 100, ro rang, da xac nhan, cong nhan, tan mat, co video, co clip, quay ro, co
        hinh, bang chung, chinh xac, dam bao, roi, het roi, that do, that day
    """,
    "opinion": """
        minh nghi, toi nghi, theo minh, theo toi, minh thay, toi thay, khong dong y, khong hop ly, vo ly, bat hop
        ly, de nghi, kien nghi, mong, xem lai, qua cham, cham tre, kho qua, kho dan, phien ha, that vong, buc xuc,
        gioi ghe, hay ghe, te qua, chan, lang phi, ton kem, thieu minh bach, cai thien, sao khong, tai sao, vi sao,
        bao gio moi
    """,
    "request": """
        nho, giup, xin, phan anh, kiem tra, sua giup, xu ly, giai quyet, de xuat, bao loi, khong vao duoc, bi loi,
        loi he thong, chua tra, chua duoc, cho mai, huong dan, can ho tro, dang ky, nop ho so
    """,
    "help": """
        cuu, cuu voi, can nguoi, giup voi, ai giup, dua ra, mac ket, bi ket, dang bi, goi khong duoc, kiet suc, can
        thuyen, can cap cuu
    """,
    "first_hand": """
        minh vua, em vua, toi vua, minh dang, nha minh, nha toi, nha em, me em, me minh, ba minh, con toi, con minh,
        minh thay, toi thay, truoc cong, dang o, ngay truoc, vua di, vua qua, vua bi
    """,
    "caution": """
        can than, canh giac, chu y, luu y, dung qua, dung di, dung bam, tranh xa, coi chung, goi truoc, de phong
    """,
    "thanks": """
        cam on, cam on trang, tot qua, hay qua, tuyet voi, huu ich, kip thoi, de hieu, de thuong, nhanh that, chuc,
        binh an, cau mong, ung ho, hoan nghenh, thich
    """,
    "chat": """
        haha, hihi, hehe, cham hong, hong, tag, ten gi, bai hat, nhac nen, dep qua, yeu, anh oi, chi oi, ban oi, di
        choi, an sang, ca phe
    """,
    "scam": """
        otp, ma xac nhan, ma pin, link, bam vao, dang nhap, chuyen khoan, nhan tien, nhan ngay, trung thuong, qua
        tang, vay nhanh, vay, nhan rieng, zalo minh, lien he zalo, cai app, cai ung dung, tai app, can cuoc, tai
        khoan ngan hang, lai suat, viec nhe, hoa hong, giai ngan, khong can the chap
    """,
    "abuse": """
        ngu, do vo dung, vo dung, do ngu, oc cho, mat day, cut, bien di, do khon, lu an hai, an hai, do te, thang,
        con cho, khung, dien
    """,
    "negation": """
        khong, chua, chang, dau co, dung
    """,
    "cure": """
        khoi benh, khoi han, chua khoi, chua duoc bach benh, uong, la cay, bai thuoc, thuoc nam, mien dich, tri dut,
        het benh
    """,
    "decree": """
        tu ngay, tu thang, tu mai, bat buoc, phai, cam, sap nhap, nhap, quy dinh moi, luat moi, doi so,
        doi giay to
    """,
}
"""Name -> the phrases that are the cue, separated by commas, without diacritics."""
_COMPILED: Final = {
    name: re.compile(r"\b(?:" + "|".join(re.split(r",\s+", phrases.strip())) + r")\b") for name, phrases in CUES.items()
}
_LAUGH: Final = re.compile(r"[😂🤣😆😄😁😜🙃👏]|=\)\)+|:\)\)+|\bkk+\b|\bha(?:ha)+\b", re.I)
_LINK: Final = re.compile(r"https?://|www\.|\.\w{2,7}\b(?=[,\s/]|$)", re.I)
EXTRA: Final = ("laugh", "link", "question_mark", "exclamation", "capitals", "digits", "short", "long", "quote")
WIDTH: Final = len(CUES) + len(EXTRA)


def cues(text: str) -> dict[str, int]:
    """Return how often each cue occurs in a text; only those that do."""
    bare = plain(text)
    found = {name: len(pattern.findall(bare)) for name, pattern in _COMPILED.items()}
    return {name: count for name, count in found.items() if count}


def without(text: str, cue: str) -> str:
    """Return the text with the words taken out that are this cue, until none is left."""
    text = clean(text)
    while found := list(_COMPILED[cue].finditer(plain(text))):
        gone, at = set(), 0
        for start, end, bare in plain_words(text):
            if any(at < f.end() and f.start() < at + len(bare) for f in found):
                gone.add((start, end))
            at += len(bare) + 1
        if not gone:
            break
        text = "".join(c for i, c in enumerate(text) if not any(start <= i < end for start, end in gone))
    return text


def features(text: str) -> NDArray[np.float32]:
    """Return the cues as numbers, shape (WIDTH,): log(1 + count) each, then shape of the writing."""
    cleaned = clean(text)
    found = cues(cleaned)
    letters = [c for c in cleaned if c.isalpha()]
    capitals = sum(c.isupper() for c in letters) / max(len(letters), 1)
    words = len(cleaned.split())
    extra = (
        float(bool(_LAUGH.search(cleaned))),
        float(bool(_LINK.search(cleaned))),
        math.log1p(cleaned.count("?")),
        math.log1p(min(cleaned.count("!"), 5)),
        float(capitals > 0.5 and len(letters) > 10) + capitals,
        math.log1p(sum(c.isdigit() for c in cleaned)) / 3,
        float(words <= 4),
        min(words, 120) / 60,
        float(any(c in cleaned for c in '“”"')),
    )
    return np.array([math.log1p(found.get(name, 0)) for name in CUES] + list(extra), dtype=np.float32)

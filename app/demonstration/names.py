"""Names of people who do not exist: usual given names beside family names that were put together from syllables.

The given names are ordinary ones of each community, so that searching meets the spellings of the region (ë and ç, gj
and xh, Serbian č and ž); the family names are invented, so that no combination is somebody's.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class NameList:
    """Given names by sex, and the parts of invented family names."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    stems: tuple[str, ...]
    endings: tuple[str, ...]

    def given(self, rng: Random, sex: str) -> str:
        """Return a given name; with UNKNOWN sex any of them."""
        known = {"FEMALE": self.female, "MALE": self.male}.get(sex, self.female + self.male)
        return rng.choice(known)

    def family(self, rng: Random) -> str:
        """Return an invented family name."""
        return rng.choice(self.stems) + rng.choice(self.endings)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ALBANIAN_STEMS = _words(
    "Bardu Brez Çelir Dardh Drin Dulm Fierz Gjer Gurr Hekur Kallm Korb Krujm Leshn Lis Lumb Malt Mell Mirash Mjell "
    "Ndrek Pish Qershm Rrap Shkrel Shpend Tomorr Ujan Vjosh Xhub Ylb Zall Zhur Shelgj Thuprr Këmb Arrn Bredh"
)

NAMES: dict[str, NameList] = {
    "albanian": NameList(
        _words(
            "Fatmira Drita Elira Mirela Ermira Anisa Arjeta Besa Blerta Dafina Edlira Entela Eranda Fjolla Gentiana "
            "Gjyste Hana Ilda Jonida Klea Kujtime Lindita Liri Luljeta Majlinda Marjeta Mimoza Mira Nertila Ornela "
            "Pranvera Rovena Shpresa Silvana Suela Teuta Valbona Vjollca Xhensila Xhevahire Yllka Zamira Zana Çiljeta"
        ),
        _words(
            "Agim Altin Arben Ardit Artan Bardhyl Besnik Blerim Dashamir Dritan Edmond Endrit Ermal Fatos Florian "
            "Gëzim Gjergj Gjon Ilir Kastriot Klodian Kujtim Lavdrim Ledion Luan Mentor Ndue Nikolin Petrit Pëllumb "
            "Qemal Rezart Sokol Shkëlzen Skënder Taulant Valmir Xhemal Ylli Zef Çlirim"
        ),
        _ALBANIAN_STEMS,
        _words("aj aku ani ashi eli eshi icaj ishti ollari osha uli"),
    ),
    "roma": NameList(
        _words("Rukije Behije Sanije Nexhmije Elvira Esma Fatime Kimete Leonora Merita Naxhije Ramize Selvije Zyra"),
        _words("Bajram Sevdail Ramadan Skender Nexhat Arif Bilal Demir Elvis Latif Muharrem Rasim Safet Veli"),
        _words("Demirk Salim Ferhn Kerimk Latifk Muss Osmank Ramizk Selimn Veliz Zeqirk Arifk"),
        _words("aj alli ani eri eli osha uri"),
    ),
    "egyptian": NameList(
        _words("Adelina Bukurije Dallëndyshe Emine Flutura Hatixhe Lejla Meleqe Nadire Rabije Sabrije Shegë Xhane"),
        _words("Adem Fadil Haki Izet Jashar Kadri Mehmet Nazmi Rexhep Shaban Tahir Uran Xhafer Zenun"),
        _words("Rexhn Hasank Idrizk Jashark Kadrin Mehmetk Shabank Tahirk Xhafk Zenunk Fejzull Alin"),
        _words("aj ani eli eshi ollari uli"),
    ),
    "kosovar": NameList(
        _words("Arbnora Albulena Blerina Donjeta Fitore Hatmane Kaltrina Lirije Mihrije Njomza Qëndresa Shqipe Vlora"),
        _words("Agron Bekim Burim Driton Fisnik Granit Hysni Isuf Kushtrim Liridon Mërgim Naim Shpëtim Valdrin"),
        _words("Gash Kras Drenic Llap Rugov Shal Tërn Kelmend Podrim Deçk Istog Rahovc Vitk Malish"),
        _words("aqi ajzi ori olli ushi enaj imaj eshta"),
    ),
    "serbian": NameList(
        _words("Jelena Milica Dragana Snežana Ljiljana Vesna Đurđica Živka Marija Anđela Tijana Sanja"),
        _words("Dragan Miloš Nenad Čedomir Žarko Ljubiša Slaviša Đorđe Vladan Nemanja Saša Goran"),
        _words("Brešk Vlašk Ljutov Čerov Drenov Gračan Javork Kopaon Morav Rašk Žitk Šljiv"),
        _words("ić ović ević anac anin"),
    ),
    "filipino": NameList(
        _words("Analyn Maricel Rowena Jocelyn Cherry Liezel"),
        _words("Jomar Rodel Arnel Jhun Reynaldo Dennis"),
        _words("Baluy Dimasal Katig Lumang Magsik Panday"),
        _words("an ing o uyan"),
    ),
    "south_asian": NameList(
        _words("Sunita Rehana Mina Shirin Kamala Pooja"),
        _words("Rafiq Bikash Anwar Suresh Jahangir Ramesh Imran Nabin"),
        _words("Chandr Kadir Thapn Mirdh Sarkh Rahm"),
        _words("al ani oy ur"),
    ),
    "arab": NameList(
        _words("Amal Rana Huda Salma Noura Yasmin"),
        _words("Karim Walid Samir Yousef Tarek Nabil"),
        _words("Darw Kham Saqr Taww Zayt Jazr"),
        _words("an i ish ati"),
    ),
    "ukrainian": NameList(
        _words("Oksana Iryna Nadiia Svitlana Yuliia Kateryna"),
        _words("Andrii Taras Bohdan Mykola Serhii Ostap"),
        _words("Bere Dubov Kalyn Lypov Topol Verb"),
        _words("chuk enko nyk ska"),
    ),
    "nigerian": NameList(
        _words("Blessing Joy Faith Ngozi Efe Osas"),
        _words("Emeka Tunde Ifeanyi Chidi Osaro Kelechi"),
        _words("Adeb Okaf Igbin Ehig Nwab Olat"),
        _words("ayo ere osa unde"),
    ),
}
"""Lists by community; the foreign ones are short, for such cases are few."""

FOREIGN: dict[str, tuple[str, ...]] = {
    "filipino": ("PH",),
    "south_asian": ("BD", "NP", "IN"),
    "arab": ("SY", "EG"),
    "ukrainian": ("UA",),
    "nigerian": ("NG",),
}
"""Citizenships of each foreign list."""

LANGUAGES: dict[str, tuple[str, ...]] = {
    "albanian": ("sq",),
    "roma": ("rom", "sq"),
    "egyptian": ("sq",),
    "kosovar": ("sq",),
    "serbian": ("sr",),
    "filipino": ("fil", "en"),
    "south_asian": ("bn", "en"),
    "arab": ("ar",),
    "ukrainian": ("uk", "ru"),
    "nigerian": ("en",),
}
"""Languages a person of a list speaks, the own one first."""

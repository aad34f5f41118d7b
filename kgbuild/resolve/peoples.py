"""What places are called where something is said to be of them: "Yemeni" of Yemen."""

__all__ = ["PLACE_OF", "STATES"]

_TABLE = """
afghanistan: afghan
africa: african
albania: albanian
algeria: algerian
angola: angolan
argentina: argentine, argentinian, argentinean
armenia: armenian
asia: asian
australia: australian
austria: austrian
austria hungary: austro hungarian
azerbaijan: azerbaijani
bahrain: bahraini
bangladesh: bangladeshi
bavaria: bavarian
belarus: belarusian
belgium: belgian
bolivia: bolivian
bosnia: bosnian
brazil: brazilian
bulgaria: bulgarian
byzantine empire: byzantine
cambodia: cambodian
cameroon: cameroonian
canada: canadian
catalonia: catalan
central america: central american
chile: chilean
china: chinese
colombia: colombian
costa rica: costa rican
croatia: croatian
cuba: cuban
cyprus: cypriot
czechia: czech
czechoslovakia: czechoslovak, czechoslovakian
denmark: danish
east asia: east asian
east germany: east german
ecuador: ecuadorian
egypt: egyptian
england: english
eritrea: eritrean
estonia: estonian
ethiopia: ethiopian
europe: european
fiji: fijian
finland: finnish
flanders: flemish
france: french
germany: german
ghana: ghanaian
greece: greek
greenland: greenlandic
guatemala: guatemalan
haiti: haitian
hawaii: hawaiian
honduras: honduran
hungary: hungarian
iceland: icelandic
india: indian
indonesia: indonesian
iran: iranian, persian
iraq: iraqi
ireland: irish
israel: israeli
italy: italian
jamaica: jamaican
japan: japanese
jordan: jordanian
kazakhstan: kazakh, kazakhstani
kenya: kenyan
kosovo: kosovar
kuwait: kuwaiti
kyrgyzstan: kyrgyz
laos: laotian
latin america: latin american
latvia: latvian
lebanon: lebanese
liberia: liberian
libya: libyan
lithuania: lithuanian
luxembourg: luxembourgish
madagascar: malagasy
malaysia: malaysian
mali: malian
malta: maltese
mauritania: mauritanian
mexico: mexican
moldova: moldovan
mongolia: mongolian
montenegro: montenegrin
morocco: moroccan
mozambique: mozambican
myanmar: burmese
namibia: namibian
nepal: nepalese, nepali
netherlands: dutch
nicaragua: nicaraguan
nigeria: nigerian
north africa: north african
north america: north american
north korea: north korean
north vietnam: north vietnamese
northern ireland: northern irish
norway: norwegian
oman: omani
ottoman empire: ottoman
pakistan: pakistani
palestine: palestinian
panama: panamanian
paraguay: paraguayan
peru: peruvian
philippines: filipino, philippine
poland: polish
portugal: portuguese
prussia: prussian
puerto rico: puerto rican
qatar: qatari
rhodesia: rhodesian
romania: romanian
russia: russian
rwanda: rwandan
saudi arabia: saudi, saudi arabian
scandinavia: scandinavian
scotland: scottish
senegal: senegalese
serbia: serbian
sicily: sicilian
singapore: singaporean
slovakia: slovak, slovakian
slovenia: slovene, slovenian
somalia: somali
south africa: south african
south america: south american
south korea: south korean
southeast asia: southeast asian
soviet union: soviet
spain: spanish
sri lanka: sri lankan
sudan: sudanese
sweden: swedish
switzerland: swiss
syria: syrian
taiwan: taiwanese
tanzania: tanzanian
texas: texan
thailand: thai
tibet: tibetan
tunisia: tunisian
turkey: turkish
uganda: ugandan
ukraine: ukrainian
united kingdom: british
united states: american
uruguay: uruguayan
uzbekistan: uzbek
venezuela: venezuelan
vietnam: vietnamese
wales: welsh
west africa: west african
west germany: west german
yemen: yemeni
yugoslavia: yugoslav, yugoslavian
zambia: zambian
zimbabwe: zimbabwean
"""
# "Congolese", "Dominican", "Georgian", "Guinean", "Korean" are left out: each is of two places or more.

PLACE_OF = {
    other: name
    for name, others in (line.split(": ") for line in _TABLE.strip().splitlines())
    for other in others.split(", ")
}
"""The place that an adjective is of, both folded; an adjective of several places is left out."""
STATES = frozenset(PLACE_OF.values())
"""Places that all know, mostly states."""

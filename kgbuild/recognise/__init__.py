"""Documents to sentences and mentions: the only room that knows spaCy.

`windows` and `tagger` need torch alone, so that training runs where spaCy is not installed; import from
`kgbuild.recognise.annotate` and `kgbuild.recognise.pipelines` what needs it.
"""

__all__: list[str] = []

"""Records in, Plotly figures out: axes with units, an empty record gives an empty, labelled figure. No torch here."""

"""What was seen: plain NumPy records, free of torch and Streamlit, that are drawn, stored and compared."""

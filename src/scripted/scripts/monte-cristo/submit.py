SUBMIT(wealth_data=wealth_rows)

"""Steps as lines of text: `formats` for programs (jsonl, csv), `table` for people. Plain functions of `Step`s."""

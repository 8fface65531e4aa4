//! Reads Claude Code transcripts and stats-cache files into usage facts.

-- What distinguishes a database of this program from any other SQLite file: the letters `ctmd`.
PRAGMA application_id = 1668574564;

BEGIN TRANSACTION;
CREATE TABLE bases (
    document INTEGER NOT NULL,
    intended INTEGER NOT NULL,
    digest TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    file_hash TEXT NOT NULL,
    content INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (document, intended)
) WITHOUT ROWID;
INSERT INTO "bases" VALUES(1,0,'digest',5,'hash',1,1407637480);
CREATE TABLE contents (
    key INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
INSERT INTO "contents" VALUES(1,1,X'636F6E74656E74');
CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    lineage TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    checksum INTEGER NOT NULL
);
INSERT INTO "documents" VALUES(1,'one','lineage of one',0,1790000000000,943779254);
INSERT INTO "documents" VALUES(2,'two','lineage of two',0,1790000000000,-1411894530);
INSERT INTO "documents" VALUES(3,'three','lineage of three',0,1790000000000,854945222);
CREATE TABLE entries (
    place INTEGER PRIMARY KEY,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
INSERT INTO "entries" VALUES(4294967297,0,500,1074644150,X'01010700040106736F7572636502616200');
INSERT INTO "entries" VALUES(4294967298,1,1500,608782252,X'01010901840900016800');
INSERT INTO "entries" VALUES(4294967299,1,1750,-1397616778,X'01010902840901016100');
INSERT INTO "entries" VALUES(4294967300,1,2000,-170416825,X'01010903840902016C00');
INSERT INTO "entries" VALUES(4294967301,1,2250,-966970037,X'01010904840903016C00');
INSERT INTO "entries" VALUES(4294967302,1,2500,-700635572,X'0101090584090402C3B600');
INSERT INTO "entries" VALUES(4294967303,2,2750,-699391600,X'01010906840905012000');
INSERT INTO "entries" VALUES(4294967304,2,3000,429921744,X'0101090784090604F09F8E8800');
INSERT INTO "entries" VALUES(4294967305,2,3250,1770150930,X'01010909840908012100');
INSERT INTO "entries" VALUES(4294967306,1,-1000,573605515,X'000109010301');
INSERT INTO "entries" VALUES(8589934596,2,4000,-54012935,X'7570646174652034');
INSERT INTO "entries" VALUES(8589934597,2,5000,-19287130,X'7570646174652035');
INSERT INTO "entries" VALUES(8589934598,2,6000,-1248975489,X'7570646174652036');
CREATE TABLE garbage (
    kind TEXT NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE heads (
    document INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL,
    pruned INTEGER NOT NULL,
    bases INTEGER NOT NULL
);
INSERT INTO "heads" VALUES(1,10,0,1);
INSERT INTO "heads" VALUES(2,6,3,0);
INSERT INTO "heads" VALUES(3,0,0,0);
CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    token INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL,
    lock TEXT NOT NULL,
    server TEXT NOT NULL,
    url TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL
);
INSERT INTO "lease" VALUES(1,0,0,'','','',0,'');
CREATE TABLE origins (
    key INTEGER PRIMARY KEY,
    author TEXT NOT NULL,
    cause TEXT NOT NULL,
    UNIQUE (author, cause)
);
INSERT INTO "origins" VALUES(0,'','seed');
INSERT INTO "origins" VALUES(1,'ana','edit');
INSERT INTO "origins" VALUES(2,'bo','edit');
CREATE TABLE parts (
    place INTEGER PRIMARY KEY,
    checksum INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
INSERT INTO "parts" VALUES(4294967296,-825511489,X'7374617465206F6620666F7572');
CREATE TABLE runs (
    document TEXT NOT NULL,
    number INTEGER NOT NULL,
    live INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
INSERT INTO "runs" VALUES('one',1,1,-1201864828,'{"id":1,"key":"","cell":"cell","username":"ana","display_name":"Ana","source_hash":"","queued_at":0.0,"state":"queued","started_at":null,"ended_at":null,"count":null,"reason":"","left_out":0,"kernel":"","message":"","timing":false}');
CREATE TABLE snapshots (
    key INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    size INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (document, sequence)
);
INSERT INTO "snapshots" VALUES(1,2,4,13,1944608132);
CREATE INDEX contents_of ON contents (document);
CREATE VIEW journal AS
SELECT documents.id AS document,
       entries.place & 4294967295 AS sequence,
       origins.author,
       origins.cause,
       datetime((documents.begun + entries.at) / 1000, 'unixepoch') AS at,
       length(entries.bytes) AS size
FROM documents
JOIN entries ON entries.place BETWEEN documents.key << 32 AND (documents.key << 32) + 4294967295
JOIN origins ON origins.key = entries.origin;
CREATE INDEX live_runs ON runs (document) WHERE live = 1;
INSERT INTO "sqlite_sequence" VALUES('documents',3);
COMMIT;

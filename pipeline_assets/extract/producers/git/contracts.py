"""What the git layer promises."""

from __future__ import annotations

from pipeline_assets.extract.status import status_contract
from pipeline_assets.inference.contract import Column, Contract, Reference

LAYER = "git"
BLAME = "blame"
"""An option of the layer: it reads every version of every file."""

_REPOSITORY = Column("repository", "string", "Name of the repository.")
_FILE = Column("file_id", "int64", "The file.")

COMMITS = Contract(
    name="commits",
    layer="extract",
    description="One row per commit that a file or line of the repository is of, and the one that was read.",
    columns=(
        _REPOSITORY,
        Column("commit_id", "string", "Id of the commit, in hex."),
        Column("is_head", "boolean", "Whether it is the commit that was read or that the work tree stands on."),
        Column("parents", "string", "Ids of its parents, joined by commas; those that a shallow clone lacks included."),
        Column("is_boundary", "boolean", "Whether the history that was fetched ends here though it has parents."),
        Column("author_name", "string", "Who wrote it. Personal data."),
        Column("author_email", "string", "The author's address. Personal data: names a person; mind who may see it."),
        Column("authored_at", "string", "When it was written: ISO 8601, UTC; none outside the calendar.", True),
        Column("authored_offset", "int32", "The author's distance from UTC, in minutes."),
        Column("committer_name", "string", "Who committed it. Personal data."),
        Column("committer_email", "string", "The committer's address. Personal data, as the author's."),
        Column("committed_at", "string", "When it was committed: ISO 8601, UTC; none outside the calendar.", True),
        Column("committed_offset", "int32", "The committer's distance from UTC, in minutes."),
        Column("summary", "string", "The first paragraph of the message, on one line."),
        Column("message", "string", "The whole message."),
    ),
    key=("repository", "commit_id"),
    query="SELECT author_name, count(*) AS commits FROM commits GROUP BY author_name ORDER BY commits DESC LIMIT 20",
)

FILE_CHANGES = Contract(
    name="file_changes",
    layer="extract",
    description="One row per file of a git repository, with the commit that last changed it.",
    columns=(
        _REPOSITORY,
        _FILE,
        Column("git_path", "string", "Path from the top of the work tree."),
        Column(
            "state",
            "string",
            "committed: as the commit that was read has it; modified: the file that was read differs from it; "
            "untracked: the commit has no such file; submodule: it belongs to another repository.",
            values=("committed", "modified", "untracked", "submodule"),
        ),
        Column("commit_id", "string", "The commit that last changed it, up to the one that was read.", True),
    ),
    key=("file_id",),
    references=(Reference("file_id", "files", "file_id"), Reference("commit_id", "commits", "commit_id")),
    query="SELECT git_path, committed_at, author_name FROM file_changes JOIN commits USING (repository, commit_id) "
    "ORDER BY committed_at DESC LIMIT 20",
)

BLAME_LINES = Contract(
    name="blame",
    layer="extract",
    description="One row per run of lines of a file that one commit wrote; made where the layer `blame` is asked for.",
    columns=(
        _REPOSITORY,
        _FILE,
        Column("line", "int32", "The first line, from 1."),
        Column("end_line", "int32", "The last line."),
        Column(
            "state",
            "string",
            "committed: a commit wrote them; uncommitted: they are not in the commit that was read; "
            "beyond_limit: they are older than was looked.",
            values=("committed", "uncommitted", "beyond_limit"),
        ),
        Column("commit_id", "string", "The commit that wrote them.", True),
        Column("commit_path", "string", "What the file was called there, from the top of the work tree.", True),
        Column("commit_line", "int32", r"The first line there, from 1; there only `\n` ends a line.", True),
    ),
    key=("file_id", "line"),
    references=(Reference("file_id", "files", "file_id"), Reference("commit_id", "commits", "commit_id")),
    query="SELECT author_name, sum(end_line - line + 1) AS lines FROM blame "
    "JOIN commits USING (repository, commit_id) GROUP BY author_name ORDER BY lines DESC LIMIT 20",
)

GIT_STATUS = status_contract("git_status", "history was")

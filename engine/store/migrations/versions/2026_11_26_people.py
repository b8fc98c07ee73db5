"""Keep who administered what, how people want to be told, and mails that are not sent."""

import sqlalchemy as sa
from alembic import op

from engine.store.tables import InstantColumn

revision = "2026_11_26_people"
down_revision = "2026_11_26_changes_told"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("tokens") as tokens:
        tokens.add_column(sa.Column("made_by", sa.String(length=60), nullable=True))
    op.create_table(
        "audit",
        sa.Column("position", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", InstantColumn(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_subject", "audit", ["subject", "position"])
    op.create_index("ix_audit_by", "audit", ["by", "position"])
    with op.batch_alter_table("notices") as notices:
        notices.add_column(
            sa.Column("in_app", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        notices.add_column(
            sa.Column("mail", sa.String(length=10), nullable=False, server_default="none")
        )
        notices.create_index(
            "ix_notices_mail",
            ["user"],
            sqlite_where=sa.text("mail = 'waiting'"),
            postgresql_where=sa.text("mail = 'waiting'"),
        )
    op.create_table(
        "notice_choices",
        sa.Column("user", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name=op.f("fk_notice_choices_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user", "kind", "channel", name=op.f("pk_notice_choices")),
    )
    op.create_table(
        "mails",
        sa.Column("position", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("at", InstantColumn(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mails_message_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in ("mails", "notice_choices", "audit"):
        op.drop_table(table)
    with op.batch_alter_table("notices") as notices:
        notices.drop_index("ix_notices_mail")
        notices.drop_column("mail")
        notices.drop_column("in_app")
    with op.batch_alter_table("tokens") as tokens:
        tokens.drop_column("made_by")

"""`phaseline team`: teams, their members and leads."""

import json
from typing import Annotated

import typer

from api.cli.administration import administer, with_database
from api.cli.people import User

commands = typer.Typer()
teams = typer.Typer(no_args_is_help=True, help="Teams and who is in them.")
commands.add_typer(teams, name="team", rich_help_panel="Administration")

_Team = Annotated[str, typer.Argument(help="The team's id, as definitions name it.")]


@teams.command("add")
def add_team(
    team: _Team, full_name: Annotated[str, typer.Option("--name", help="What it is called.")]
) -> None:
    """Add a team, or give it another name."""
    from engine.core.administration import NameTeam
    from pipes.identifiers import TeamId

    administer(NameTeam(team=TeamId(team), name=full_name))
    typer.echo(f"{team} is {full_name}")


@teams.command("remove")
def remove_team(team: _Team) -> None:
    """Dissolve a team; its people stay."""
    from engine.core.administration import RemoveTeam
    from pipes.identifiers import TeamId

    administer(RemoveTeam(team=TeamId(team)))
    typer.echo(f"{team} is no team any more")


@teams.command("join")
def join_team(
    team: _Team,
    user: User,
    *,
    lead: Annotated[bool, typer.Option("--lead", help="They lead it.")] = False,
) -> None:
    """Put somebody into a team."""
    from engine.core.administration import JoinTeam
    from pipes.identifiers import TeamId, UserId

    administer(JoinTeam(team=TeamId(team), person=UserId(user), lead=lead))
    typer.echo(f"{user} is in {team}{' and leads it' if lead else ''}")


@teams.command("leave")
def leave_team(team: _Team, user: User) -> None:
    """Take somebody out of a team."""
    from engine.core.administration import LeaveTeam
    from pipes.identifiers import TeamId, UserId

    administer(LeaveTeam(team=TeamId(team), person=UserId(user)))
    typer.echo(f"{user} is not in {team}")


@teams.command("list")
def list_teams(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each team.")] = False
) -> None:
    """Say which teams there are and who is in them."""
    from engine.store import people

    for team in with_database(people.list_teams):
        members = [
            f"{member} (lead)" if member in team.leads else member for member in team.members
        ]
        if as_json:
            said = {
                "id": team.id,
                "name": team.name,
                "members": list(team.members),
                "leads": list(team.leads),
            }
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            typer.echo(f"{team.id} ({team.name}): {', '.join(members) or 'nobody'}")

"""What stays, and why."""

from __future__ import annotations

from consult.i18n import N_
from consult.retention.kept import Kept

#: What stays, and why.
STAYING: tuple[Kept, ...] = (
    Kept(
        "log",
        N_("The log of what happened"),
        N_(
            "For ever: it is signed, and a row that is missing would look like a row that was removed. It holds numbers and no names; whoever is erased is taken out of what it says of signing in."
        ),
        (
            "event",
            "stream",
            "checkpoint",
            "log_key",
            "log_key_change",
            "delivery",
            "grave_act",
            "four_eyes",
            "retention_run",
        ),
    ),
    Kept(
        "votes",
        N_("Ballots, rolls and votes"),
        N_("For ever: a result has to be counted again by anybody, at any time."),
        ("ballot", "roll_entry", "open_choice", "custom_rule"),
    ),
    Kept(
        "texts",
        N_("Texts that were handed in, and what became of them"),
        N_("For ever: they are the consultation. Authors withdraw their own, or have themselves erased."),
        (
            *("submission", "revision", "passage", "submission_topic", "submission_attachment", "attachment"),
            *(
                "statement_vote",
                "channel_count",
                "review_decision",
                "appeal",
                "appeal_count",
                "bulk_decision",
                "bulk_text",
            ),
            *("campaign_search", "campaign_proposal", "campaign_member", "disposition", "letter_round", "letter_sent"),
            *("silent_end", "letter_words"),
            *(
                "sign_off",
                "cosignature",
                "office",
                "import_map",
                "questionnaire",
                "translation",
                "sealed_name",
                "translation_part",
            ),
        ),
    ),
    Kept(
        "paper",
        N_("What came on paper: sheets, what clerks typed, scans"),
        N_("As long as the text it became: that two people typed the same shows that the text is what was written."),
        ("paper_sheet", "paper_entry", "paper_comparison", "paper_scan"),
    ),
    Kept(
        "peer_review",
        N_("How reviewers judged texts"),
        N_("As long as the texts: criteria, declared interests and assessments show that the judgement was fair."),
        (
            *("criteria", "reviewer", "assessment", "earlier_assessment"),
            *("declared_interest", "lifted_interest", "review_note"),
        ),
    ),
    Kept(
        "sessions",
        N_("Sessions, attendance, the floor and minutes"),
        N_("For ever: the quorum and the minutes rest on them."),
        ("session", "agenda_item", "attendance", "speech", "minutes_entry"),
    ),
    Kept(
        "outcome",
        N_("Recommendations and the outcome document"),
        N_("For ever: they are published, sealed, and lead back to the texts they come from."),
        (
            *("recommendation", "version", "clause", "source", "reservation", "official_response"),
            "response_part",
            *("edition", "edition_file", "citation", "region", "region_text", "open_data"),
            *("evaluation", "evaluation_answer"),
        ),
    ),
    Kept(
        "coding",
        N_("Codes that were given to texts"),
        N_("As long as the texts: they are counted, and show how the analysis came about."),
        (
            *(
                "code",
                "coder",
                "coded_text",
                "coding_task",
                "coding",
                "coding_step",
                "final_coding",
                "coding_memo",
                "theme",
            ),
        ),
    ),
    Kept(
        "people",
        N_("Who took part, for whom, with which seat and office"),
        N_("For ever: it decides which votes counted and who decided what. Whoever is erased becomes a number."),
        (
            *(
                "person",
                "member",
                "role_grant",
                "moderation_task",
                "moderator_desk",
                "seat",
                "seat_term",
                "seat_removed",
                "alternate",
                "proxy",
            ),
            *("accreditation", "accreditation_step", "body_settlement", "body_settlement_part", "erasure"),
        ),
    ),
    Kept(
        "consents",
        N_("What people were asked to agree to, and their answers"),
        N_(
            "As long as the account: who asks has to be able to show what was agreed to. They go when somebody is erased."
        ),
        ("purpose", "purpose_version", "consent"),
    ),
    Kept(
        "bodies",
        N_("The register of bodies"),
        N_(
            "For ever: mandates, former names, mergers and splits explain who spoke for whom. A contact goes when it is changed or removed."
        ),
        (
            *("body", "body_capacity", "body_contact", "body_mandate", "body_mandate_topic", "body_mandate_overlap"),
            *("body_state", "body_end", "body_end_mandate", "body_successor"),
        ),
    ),
    Kept(
        "frame",
        N_("How the consultation was set up"),
        N_("For ever: phases, tracks and rules are what everything else was measured by. No person stands in it."),
        (
            *("consultation", "phase", "consultation_track", "topic", "numbering", "message_round"),
            *("reference_figures", "mission"),
        ),
    ),
)

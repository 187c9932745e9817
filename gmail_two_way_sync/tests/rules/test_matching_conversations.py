"""Messages that belong to a conversation (C2, C12, C13)."""

from dataclasses import replace

from ...rules import matching
from ...rules.directory import (
    Conversation,
    KnownMessage,
    Target,
)
from ...rules.matching import Import, Skip
from .matching_common import (
    ANNA,
    BEN,
    BOUND,
    CARLA,
    CARLA_KEYS,
    DIRECTORY,
    DORA,
    EMIL,
    ON_CARLA,
    ON_DORA,
    STRANGER,
    MatchingCase,
    bound,
    knowing,
    letter,
    sent,
)


class TestConversations(MatchingCase):
    def test_c2_everything_in_a_bound_thread(self):
        lead = Target("crm.lead", 7, 10, CARLA_KEYS)
        inside = replace(lead, is_internal=True)
        self.check_decisions(
            [
                ("received", letter(CARLA, ANNA), bound(), Import((lead,))),
                ("sent", sent(CARLA), bound(), Import((lead,))),
                (
                    "other address",
                    letter("C.Arla.C@gmail.com", ANNA),
                    bound(),
                    Import((lead,)),
                ),
                (
                    "nobody knows the sender",
                    letter(STRANGER, ANNA, CARLA),
                    bound(),
                    Import((lead,)),
                ),
                (
                    "without the contact",
                    letter(STRANGER, ANNA),
                    bound(),
                    Import((inside,)),
                ),
                (
                    "sender of another one",
                    letter(EMIL, ANNA, CARLA),
                    bound(),
                    Import((lead,)),
                ),
                (
                    "no contact",
                    letter(STRANGER, ANNA),
                    bound(Conversation("crm.lead", 7)),
                    Import((Target("crm.lead", 7),)),
                ),
                (
                    "stopped",
                    letter(CARLA, ANNA),
                    bound(replace(BOUND, active=False)),
                    Skip("thread_stopped"),
                ),
                (
                    "other thread",
                    letter(STRANGER, ANNA),
                    knowing(conversations={"t2": (BOUND,)}),
                    Skip("no_contact"),
                ),
            ]
        )

    def test_c2_forwarded_to_another_contact(self):
        lead = Target("crm.lead", 7, 10, CARLA_KEYS)
        inside = replace(lead, is_internal=True)
        on_dora = replace(ON_DORA, binds=False)
        self.check_decisions(
            [
                ("forward", sent(DORA), bound(), Import((on_dora,))),
                ("Cc counts", sent(STRANGER, DORA), bound(), Import((on_dora,))),
                (
                    "a participant is in it",
                    sent(DORA, "paul@customer.example"),
                    bound(),
                    Import((inside,)),
                ),
                ("the contact is in it", sent(DORA, CARLA), bound(), Import((lead,))),
                ("to nobody's contact", sent(STRANGER), bound(), Import((inside,))),
                ("to a contact of Ben's", sent(EMIL), bound(), Import((inside,))),
                (
                    "sent by a colleague",
                    letter(BEN, DORA, ANNA),
                    bound(),
                    Import((inside,)),
                ),
                (
                    "received from the other",
                    letter(DORA, ANNA),
                    bound(),
                    Import((inside,)),
                ),
            ]
        )

    def test_c12_copies_go_on_until_one_is_answered(self):
        one = Conversation("res.partner", 10, 10, CARLA_KEYS)
        two = Conversation("res.partner", 11, 11, CARLA_KEYS)
        stopped = replace(two, active=False)
        first, second = ON_CARLA, Target("res.partner", 11, 11, CARLA_KEYS)
        self.check_decisions(
            [
                (
                    "received",
                    letter(CARLA, ANNA),
                    bound(one, two),
                    Import((first, second)),
                ),
                (
                    "answered in Gmail",
                    sent(CARLA),
                    bound(one, two),
                    Import((first, second)),
                ),
                (
                    "narrowed",
                    letter(CARLA, ANNA),
                    bound(one, stopped),
                    Import((first,)),
                ),
            ]
        )

    def test_c13_references_to_a_message_from_elsewhere(self):
        answer = letter(CARLA, ANNA, In_Reply_To="<so-9@odoo>")
        order = KnownMessage(6, "sale.order", 9, is_email=False)
        here = KnownMessage(5, "crm.lead", 7, thread_id="t1")

        def known(*messages, **more):
            return knowing(known_messages={"<so-9@odoo>": messages}, **more)

        on_order = Target("sale.order", 9, 10, CARLA_KEYS)
        lead = Target("crm.lead", 7, 10, CARLA_KEYS)
        conversations = {"t1": (BOUND,)}
        self.check_decisions(
            [
                ("its document", answer, known(order), Import((on_order,))),
                (
                    "before the thread's record",
                    answer,
                    known(order, conversations=conversations),
                    Import((replace(on_order, binds=False),)),
                ),
                (
                    "the thread's own",
                    answer,
                    known(here, conversations=conversations),
                    Import((lead,)),
                ),
                (
                    "by somebody unknown",
                    letter(STRANGER, ANNA, In_Reply_To="<so-9@odoo>"),
                    known(order),
                    Import((Target("sale.order", 9),)),
                ),
                (
                    "sent",
                    sent(DORA, In_Reply_To="<so-9@odoo>"),
                    known(order),
                    Import(
                        (
                            replace(
                                on_order,
                                partner_id=20,
                                contact_keys=ON_DORA.contact_keys,
                            ),
                        )
                    ),
                ),
                (
                    "stopped",
                    answer,
                    known(replace(order, active=False)),
                    Skip("thread_stopped"),
                ),
                (
                    "two copies, one stopped",
                    answer,
                    known(order, replace(order, res_id=8, active=False)),
                    Import((on_order,)),
                ),
                (
                    "no document",
                    answer,
                    known(KnownMessage(6, is_email=False)),
                    Import((ON_CARLA,)),
                ),
                (
                    "between colleagues",
                    letter(BEN, ANNA, In_Reply_To="<so-9@odoo>"),
                    known(order),
                    Skip("internal"),
                ),
                (
                    "unknown reference",
                    letter(CARLA, ANNA, In_Reply_To="<x@odoo>"),
                    known(order),
                    Import((ON_CARLA,)),
                ),
            ]
        )

    def test_c13_the_nearest_reference_counts(self):
        directory = knowing(
            known_messages={
                "<a@odoo>": (KnownMessage(1, "crm.lead", 1),),
                "<b@odoo>": (KnownMessage(2, "crm.lead", 2),),
            }
        )
        answer = letter(STRANGER, ANNA, References="<a@odoo> <b@odoo> <c@odoo>")
        decision = matching.decide(answer, directory)
        self.assertEqual(decision, Import((Target("crm.lead", 2),)))


class TestBatch(MatchingCase):
    """Messages of a batch are decided before any of them is imported."""

    def after(self, envelope, directory=DIRECTORY):
        decision = matching.decide(envelope, directory)
        return directory.after(
            envelope.thread_id,
            envelope.message_id,
            matching.people_keys(envelope),
            decision.targets,
        )

    def test_c2_a_thread_that_the_batch_begins(self):
        directory = self.after(letter(CARLA, ANNA, "paul@customer.example"))
        inside = replace(ON_CARLA, is_internal=True)
        self.check_decisions(
            [
                (
                    "unknown sender",
                    letter(STRANGER, ANNA),
                    directory,
                    Import((inside,)),
                ),
                (
                    "takes part",
                    sent("paul@customer.example", DORA),
                    directory,
                    Import((inside,)),
                ),
                (
                    "forward",
                    sent(DORA),
                    directory,
                    Import((replace(ON_DORA, binds=False),)),
                ),
            ]
        )

    def test_c13_the_same_message_twice_in_a_batch_is_no_link(self):
        directory = self.after(letter(CARLA, ANNA))
        again = matching.decide(letter(CARLA, ANNA), directory)
        self.assertEqual(again, Import((ON_CARLA,)))

    def test_c13_an_answer_to_a_message_of_the_batch(self):
        directory = self.after(letter(CARLA, ANNA))
        answer = replace(
            letter(STRANGER, ANNA, In_Reply_To="<new@customer.example>"),
            thread_id="t2",
            message_id="<second@x>",
        )
        decision = matching.decide(answer, directory)
        self.assertEqual(decision, Import((Target("res.partner", 10),)))

    def test_c2_a_forward_binds_nothing_for_the_rest(self):
        directory = self.after(sent(DORA, Message_ID="<fwd@x>"), bound())
        answer = letter(DORA, ANNA, In_Reply_To="<fwd@x>")
        self.check_decisions(
            [
                (
                    "answer to the forward",
                    answer,
                    directory,
                    Import((replace(ON_DORA, binds=False),)),
                ),
                (
                    "the thread",
                    letter(CARLA, ANNA),
                    directory,
                    Import((Target("crm.lead", 7, 10, CARLA_KEYS),)),
                ),
            ]
        )

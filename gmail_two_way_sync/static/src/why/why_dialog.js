import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";

/** Answers for a contact: why is mail from this person not here? */
export class WhyDialog extends Component {
    static template = "gmail_two_way_sync.WhyDialog";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.partnerId = this.props.action.params.partner_id;
        this.state = useState({answer: null, mailbox: null, isLooking: false});
        onWillStart(() => this.load());
    }

    async load() {
        this.state.answer = await this.orm.call("res.partner", "gmail_why", [
            [this.partnerId],
        ]);
    }

    get lines() {
        const {mailbox, addresses} = this.state.answer;
        return [mailbox, ...(addresses || [])];
    }

    get hasAddresses() {
        return Boolean(this.state.answer.addresses?.length);
    }

    /** A mailbox with a trouble of its own gives no answer. */
    get canLook() {
        return this.hasAddresses && this.state.answer.mailbox.is_fine;
    }

    judgement(line) {
        return line.is_fine ? _t("Fine") : _t("Here is the reason");
    }

    labelOf(kind) {
        return {
            connect: _t("Connect"),
            open: _t("Open contact"),
            unblock: _t("Sync it again"),
            sync_unassigned: _t("Sync unassigned contacts"),
            assign: _t("Assign to me"),
        }[kind];
    }

    async help({kind, id}) {
        if (kind === "connect") {
            return this.action.doAction(
                await this.orm.call("res.users", "action_gmail_connect", [
                    [user.userId],
                ])
            );
        }
        if (kind === "open") {
            return this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "res.partner",
                res_id: id,
                views: [[false, "form"]],
            });
        }
        await this.change(kind, id);
        await this.load();
    }

    change(kind, id) {
        if (kind === "unblock") {
            return this.orm.unlink("gmail.blocklist", [id]);
        }
        if (kind === "sync_unassigned") {
            return this.orm.write("res.users", [id], {gmail_sync_unassigned: true});
        }
        return this.orm.write("res.partner", [id], {user_id: user.userId});
    }

    async look() {
        this.state.isLooking = true;
        try {
            this.state.mailbox = await this.orm.call("res.partner", "gmail_look", [
                [this.partnerId],
            ]);
        } finally {
            this.state.isLooking = false;
        }
    }

    async openJournal() {
        const journal = await this.action.loadAction(
            "gmail_two_way_sync.gmail_message_action"
        );
        return this.action.doAction({
            ...journal,
            domain: [["id", "in", this.state.mailbox.row_ids]],
        });
    }

    async importPast() {
        return this.action.doAction(
            await this.orm.call("res.partner", "action_gmail_import_past", [
                [this.partnerId],
            ])
        );
    }
}

registry.category("actions").add("gmail_two_way_sync.why", WhyDialog);

import {Component, useState} from "@odoo/owl";
import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";

/** The headers of a message that was not imported: asked of Gmail, never stored. */
export class LiveHeaders extends Component {
    static template = "gmail_two_way_sync.LiveHeaders";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.state = useState({headers: null});
        useRecordObserver((record) => this.load(record.resId));
    }

    /** Does not keep the form waiting: Gmail may take its time. */
    load(resId) {
        if (resId === this.resId) {
            return;
        }
        this.resId = resId;
        this.state.headers = null;
        this.orm.call("gmail.message", "gmail_headers", [[resId]]).then((headers) => {
            if (resId === this.resId) {
                this.state.headers = headers;
            }
        });
    }

    get people() {
        const {from, to, cc} = this.state.headers;
        return [
            {label: _t("From"), people: from},
            {label: _t("To"), people: to},
            {label: _t("Cc"), people: cc},
        ].filter((line) => line.people.length);
    }

    get date() {
        const {date} = this.state.headers;
        return date && toLocaleDateTimeString(deserializeDateTime(date));
    }

    get domain() {
        return this.state.headers.address.split("@").pop();
    }

    block(value) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Never sync %s?", value),
            body: _t(
                "Email from and to %s is not imported any more. You can take this back in Email Sync > Never synced.",
                value
            ),
            confirmLabel: _t("Never sync"),
            confirm: () => this.addToBlocklist(value),
            cancel: () => {},
        });
    }

    async addToBlocklist(value) {
        await this.orm.create("gmail.blocklist", [{value, user_id: user.userId}]);
        this.notification.add(_t("%s is never synced from now on.", value), {
            type: "success",
            buttons: [
                {
                    name: _t("Never synced"),
                    onClick: () =>
                        this.action.doAction(
                            "gmail_two_way_sync.gmail_blocklist_action"
                        ),
                },
            ],
        });
    }
}

registry.category("view_widgets").add("gmail_live_headers", {component: LiveHeaders});

import {Component, onWillStart} from "@odoo/owl";
import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";

/** Who wrote a message to whom, and where it is in Gmail; read when it is opened. */
export class MessageDetails extends Component {
    static template = "gmail_two_way_sync.MessageDetails";
    static props = ["message", "close?"];

    setup() {
        this.orm = useService("orm");
        onWillStart(async () => {
            this.details = await this.orm.call("mail.message", "gmail_details", [
                [this.props.message.id],
            ]);
        });
    }

    /** Lines of people; who has none is left out. */
    get people() {
        const {from, to, cc, bcc} = this.details;
        return [
            {label: _t("From"), people: from},
            {label: _t("To"), people: to},
            {label: _t("Cc"), people: cc},
            {label: _t("Bcc"), people: bcc},
        ].filter((line) => line.people.length);
    }

    get date() {
        const {date} = this.details;
        return date && toLocaleDateTimeString(deserializeDateTime(date));
    }
}

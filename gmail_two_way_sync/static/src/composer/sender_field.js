import {Component} from "@odoo/owl";
import {MailboxNotice} from "./mailbox_notice";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** The address that the full composer's message leaves from, by Gmail. */
export class SenderField extends Component {
    static template = "gmail_two_way_sync.SenderField";
    static components = {MailboxNotice};
    static props = {...standardFieldProps};

    get address() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("gmail_sender", {
    component: SenderField,
    supportedTypes: ["char"],
});

import {Component} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/** What has to be known of the user's mailbox before a message leaves from it. */
export class MailboxNotice extends Component {
    static template = "gmail_two_way_sync.MailboxNotice";
    static props = {};

    setup() {
        this.store = useService("mail.store");
    }

    get mailbox() {
        return this.store.gmail || {};
    }
}

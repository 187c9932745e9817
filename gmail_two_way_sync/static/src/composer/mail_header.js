import {Component, useState} from "@odoo/owl";
import {MailboxNotice} from "./mailbox_notice";
import {useService} from "@web/core/utils/hooks";

/** The chatter composer's lines From, Cc and Bcc of a user with a mailbox. */
export class MailHeader extends Component {
    static template = "gmail_two_way_sync.MailHeader";
    static components = {MailboxNotice};
    static props = ["composer"];

    setup() {
        this.store = useService("mail.store");
        const {gmailCc, gmailBcc} = this.props.composer;
        this.state = useState({hasCopies: Boolean(gmailCc || gmailBcc)});
    }
}

import {Component, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/** Says below a message why it did not reach people outside, and what to do. */
export class MessageFailure extends Component {
    static template = "gmail_two_way_sync.MessageFailure";
    static props = ["message"];

    setup() {
        this.orm = useService("orm");
        this.store = useService("mail.store");
        this.state = useState({isSending: false});
    }

    get message() {
        return this.props.message;
    }

    get needsReconnect() {
        return this.store.gmail?.state === "reconnect";
    }

    async sendAgain() {
        this.state.isSending = true;
        try {
            await this.orm.call("mail.message", "action_gmail_send_again", [
                [this.message.id],
            ]);
            // What becomes of it comes by the bus.
            for (const notification of this.message.failureNotifications) {
                notification.notification_status = "ready";
            }
        } finally {
            this.state.isSending = false;
        }
    }
}

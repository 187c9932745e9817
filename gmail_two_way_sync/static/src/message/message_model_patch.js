import {Message} from "@mail/core/common/message_model";
import {patch} from "@web/core/utils/patch";

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        /** Whether the message is in a mailbox that is synced. */
        this.gmail_is_synced = false;
        /** Why it has not left yet, if something holds it up. */
        this.gmail_delay = "";
        /** Whether the reader wrote it and may put it back into the queue. */
        this.gmail_can_send_again = false;
    },
    /**
     * Why the message did not reach people outside: a message that did not leave has one
     * reason for all of them, one that came back names an address in each reason.
     *
     * @returns {{id: Number, isBounce: Boolean, reason: String}[]}
     */
    get gmailFailures() {
        const failures = new Map();
        for (const notification of this.failureNotifications) {
            if (!notification.gmail_failure) {
                continue;
            }
            const isBounce = notification.notification_status === "bounce";
            const reason = notification.gmail_failure;
            failures.set(reason, {id: notification.id, isBounce, reason});
        }
        return [...failures.values()];
    },
});

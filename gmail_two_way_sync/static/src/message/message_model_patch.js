import {Message} from "@mail/core/common/message_model";
import {patch} from "@web/core/utils/patch";

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        /** Whether the message is in a mailbox that is synced. */
        this.gmail_is_synced = false;
        /** Whether the reader wrote it and may put it back into the queue. */
        this.gmail_can_send_again = false;
    },
    /**
     * Why the message did not reach people outside: a message that did not leave has one
     * reason for all of them, one that came back has a reason per address.
     *
     * @returns {{id: Number, isBounce: Boolean, address: String, reason: String}[]}
     */
    get gmailFailures() {
        const failures = new Map();
        for (const notification of this.failureNotifications) {
            if (!notification.gmail_failure) {
                continue;
            }
            const isBounce = notification.notification_status === "bounce";
            const address =
                notification.mail_email_address || notification.res_partner_id?.email;
            const reason = notification.gmail_failure;
            failures.set(isBounce ? `${address} ${reason}` : reason, {
                id: notification.id,
                isBounce,
                address,
                reason,
            });
        }
        return [...failures.values()];
    },
});

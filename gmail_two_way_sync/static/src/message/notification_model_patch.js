import {Notification} from "@mail/core/common/notification_model";
import {patch} from "@web/core/utils/patch";

patch(Notification.prototype, {
    setup() {
        super.setup(...arguments);
        /** What happened and what to do, if it was to leave through Gmail. */
        this.gmail_failure = "";
    },
    get failureMessage() {
        return this.gmail_failure || super.failureMessage;
    },
});

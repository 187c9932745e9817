import {Store} from "@mail/core/common/store_service";
import {fields} from "@mail/core/common/record";
import {patch} from "@web/core/utils/patch";

patch(Store.prototype, {
    setup() {
        super.setup(...arguments);
        /**
         * The user's mailbox: comes with the session, changes come by the bus.
         *
         * @type {{sender: String, state: String, notice: String}|false|undefined}
         */
        this.gmail = fields.Attr(undefined);
    },
    async getMessagePostParams({postData}) {
        const params = await super.getMessagePostParams(...arguments);
        const {gmailCc, gmailBcc, isNote} = postData;
        if (!isNote && (gmailCc || gmailBcc)) {
            Object.assign(params.post_data, {email_cc: gmailCc, email_bcc: gmailBcc});
        }
        return params;
    },
});

import {Composer} from "@mail/core/common/composer";
import {Composer as ComposerModel} from "@mail/core/common/composer_model";
import {patch} from "@web/core/utils/patch";

patch(ComposerModel.prototype, {
    setup() {
        super.setup(...arguments);
        /** Addresses as typed; none unless the message leaves through Gmail. */
        this.gmailCc = "";
        this.gmailBcc = "";
    },
    clear() {
        super.clear(...arguments);
        this.gmailCc = "";
        this.gmailBcc = "";
    },
});

patch(Composer.prototype, {
    get fullComposerAdditionalContext() {
        const {gmailCc, gmailBcc} = this.props.composer;
        return {
            ...super.fullComposerAdditionalContext,
            default_email_cc: gmailCc,
            default_email_bcc: gmailBcc,
        };
    },
    /** What the server refuses can be mended and sent again; what was typed is kept. */
    async processMessage() {
        try {
            await super.processMessage(...arguments);
        } catch (error) {
            this.state.active = true;
            throw error;
        }
    },
    get postData() {
        const {gmailCc, gmailBcc} = this.props.composer;
        return {...super.postData, gmailCc, gmailBcc};
    },
});

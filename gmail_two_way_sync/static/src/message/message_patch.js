import {Message} from "@mail/core/common/message";
import {MessageDetails} from "./message_details";
import {MessageFailure} from "./message_failure";
import {patch} from "@web/core/utils/patch";
import {usePopover} from "@web/core/popover/popover_hook";
import {useService} from "@web/core/utils/hooks";

patch(Message, {components: {...Message.components, MessageFailure}});

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        this.gmailDetails = usePopover(MessageDetails, {
            position: "bottom-start",
            role: "dialog",
            useBottomSheet: useService("ui").isSmall,
        });
    },
    onClickGmailDetails(ev) {
        this.gmailDetails.open(ev.currentTarget, {message: this.message});
    },
});

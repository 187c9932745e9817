import {Component, useEffect, useRef, useState} from "@odoo/owl";
import {MailboxNotice} from "./mailbox_notice";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

// Base64 in lines of 76 characters: 57 bytes travel as 78.
const ENCODED = 78 / 57;
const MEGABYTE = 1024 * 1024;
const SHOWN_NAMES = 3;

/** The chatter composer's lines From, Cc and Bcc of a user with a mailbox. */
export class MailHeader extends Component {
    static template = "gmail_two_way_sync.MailHeader";
    static components = {MailboxNotice};
    static props = ["composer"];

    setup() {
        this.store = useService("mail.store");
        const {gmailCc, gmailBcc} = this.props.composer;
        this.state = useState({hasCopies: Boolean(gmailCc || gmailBcc)});
        this.cc = useRef("cc");
        useEffect(
            () => this.focusNext?.(),
            () => [this.state.hasCopies]
        );
    }

    /** The button goes with this, and would take the focus along. */
    addCopies() {
        this.focusNext = () => this.cc.el.focus();
        this.state.hasCopies = true;
    }

    /** Partners who get the message because they follow the record. */
    get followers() {
        const {recipients, suggestedRecipients, additionalRecipients} =
            this.props.composer.thread;
        const chosen = new Set(
            [...suggestedRecipients, ...additionalRecipients].map(
                (each) => each.partner_id
            )
        );
        return recipients
            .map((follower) => follower.partner_id)
            .filter(
                (partner) =>
                    !chosen.has(partner.id) && partner.notEq(this.store.self_partner)
            );
    }
    get followersInside() {
        return named(this.followers.filter(isInside));
    }
    get followersOutside() {
        return named(this.followers.filter((partner) => !isInside(partner)));
    }

    /** Why Gmail would refuse the files of this message, or "". */
    get sizeNotice() {
        const sizes = this.props.composer.attachments.map(
            (file) => file.file_size || 0
        );
        const size = sizes.reduce((sum, each) => sum + each, 0) * ENCODED;
        const {maximum} = this.store.gmail;
        return size > maximum
            ? _t(
                  "These files are too big for an email: they have %(size)s MB as they travel, and %(limit)s MB are possible. Take some out or make them smaller.",
                  {size: (size / MEGABYTE).toFixed(1), limit: maximum / MEGABYTE}
              )
            : "";
    }
}

function isInside(partner) {
    return partner.main_user_id?.share === false;
}

/** The names of some partners; of many, the first ones and how many more. */
function named(partners) {
    const names = partners.slice(0, SHOWN_NAMES).map((partner) => partner.name);
    const more = partners.length - names.length;
    return more
        ? _t("%(names)s and %(count)s more", {names: names.join(", "), count: more})
        : names.join(", ");
}

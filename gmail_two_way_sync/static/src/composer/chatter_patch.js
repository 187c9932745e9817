import {Chatter} from "@mail/chatter/web_portal/chatter";
import {MailHeader} from "./mail_header";
import {patch} from "@web/core/utils/patch";

patch(Chatter, {components: {...Chatter.components, MailHeader}});

import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const dialog = ".modal .o-gmail-WhyDialog";

tours.add("gmail_two_way_sync.why", {
    steps: () => [
        {
            trigger: ".o_cp_action_menus .fa-cog",
            run: "click",
        },
        {
            trigger:
                ".o-dropdown--menu .o-dropdown-item:contains(Why is mail from this person not here?)",
            run: "click",
        },
        {
            content: "The reason has a name and a remedy",
            trigger: `${dialog}:contains(Carla Custo is assigned to Ben Holt.)`,
        },
        {
            trigger: `${dialog} .o-gmail-look`,
            run: "click",
        },
        {
            content: "The mailbox has it, the journal says why it is not here",
            trigger: `${dialog} .o-gmail-found:contains(1):contains(assigned to somebody else)`,
        },
        {
            trigger: `${dialog} .o-gmail-remedy:contains(Assign to me)`,
            run: "click",
        },
        {
            trigger: `${dialog}:contains(New mail is imported here.)`,
        },
        {
            trigger: `${dialog} button:contains(Open in the journal)`,
            run: "click",
        },
        {
            trigger:
                ".o_data_row td[name=explanation]:contains(assigned to somebody else)",
        },
    ],
});

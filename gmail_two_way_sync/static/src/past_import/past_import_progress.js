import {Component, onWillUnmount} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const PAUSES = {counting: 500, running: 3000};
const NEXT = {counting: "action_count_on", running: "action_go_on"};

/** How far an import of past emails is; looks again while something goes on. */
export class PastImportProgress extends Component {
    static template = "gmail_two_way_sync.PastImportProgress";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.lookLater();
        onWillUnmount(() => {
            this.closed = true;
            clearTimeout(this.timer);
        });
    }

    get state() {
        return this.props.record.data.state;
    }

    get percent() {
        return this.props.record.data.progress;
    }

    get isShown() {
        return ["running", "done", "cancelled", "failed"].includes(this.state);
    }

    lookLater() {
        if (!this.closed) {
            const pause = PAUSES[this.state] || PAUSES.running;
            this.timer = setTimeout(() => this.look(), pause);
        }
    }

    async look() {
        const {record} = this.props;
        try {
            const method = NEXT[this.state];
            if (method) {
                await this.orm.silent.call(record.resModel, method, [[record.resId]]);
            }
            if (method && !this.closed) {
                await record.load();
            }
        } finally {
            this.lookLater();
        }
    }
}

registry.category("view_widgets").add("gmail_past_import_progress", {
    component: PastImportProgress,
});

// Everything a page needs. Each part stands alone and listens at the document, so swapped-in content works.
import "pegboard/theme";
import "pegboard/page";
import "pegboard/wire";
import "pegboard/toast";
import "pegboard/dialog";
import "pegboard/confirm";
import "pegboard/menu";
import "pegboard/tip";
import "pegboard/select";
import "pegboard/grid";
import "pegboard/palette";
import "pegboard/keys";
import "pegboard/filters";
import "pegboard/form";
import "pegboard/inline";
import "pegboard/combobox";
import "pegboard/progress";
import "pegboard/columns";
import "pegboard/scan";

document.documentElement.dataset.ready = "true";
